-- +goose Up
-- What people are told of a situation. Before, each was announced by the change
-- that raised it.
-- +goose StatementBegin
DROP INDEX situation_raised_change;
-- +goose StatementEnd
-- +goose StatementBegin
DROP INDEX situation_change;
-- +goose StatementEnd
-- +goose StatementBegin
ALTER TABLE situation RENAME COLUMN raised_change TO announced; -- the notice that announced it; 0: none did
-- +goose StatementEnd
-- +goose StatementBegin
ALTER TABLE situation ADD COLUMN notice INTEGER NOT NULL DEFAULT 0; -- the last notice about it
-- +goose StatementEnd
-- +goose StatementBegin
ALTER TABLE situation ADD COLUMN suppressed TEXT NOT NULL DEFAULT ''; -- the first reason why it is not announced
-- +goose StatementEnd
-- +goose StatementBegin
UPDATE situation SET notice = change;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX situation_notice ON situation (notice);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX situation_announced ON situation (announced);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX situation_suppressed ON situation (raised_at, id) WHERE suppressed <> '';
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE alarms (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    state    BLOB NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE silence (
    id          TEXT NOT NULL PRIMARY KEY,
    version     INTEGER NOT NULL,
    made        INTEGER NOT NULL, -- number of the command
    made_after  INTEGER NOT NULL, -- the batch before it
    ended       INTEGER NOT NULL, -- 0: nobody has ended it
    ended_after INTEGER NOT NULL,
    begin_at    INTEGER NOT NULL,
    end_at      INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL,
    body        BLOB NOT NULL -- matchers, people, reason: JSON
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX silence_end ON silence (end_at);
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE silence;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE alarms;
-- +goose StatementEnd
-- +goose StatementBegin
DROP INDEX situation_suppressed;
-- +goose StatementEnd
-- +goose StatementBegin
DROP INDEX situation_announced;
-- +goose StatementEnd
-- +goose StatementBegin
DROP INDEX situation_notice;
-- +goose StatementEnd
-- +goose StatementBegin
ALTER TABLE situation DROP COLUMN suppressed;
-- +goose StatementEnd
-- +goose StatementBegin
ALTER TABLE situation DROP COLUMN notice;
-- +goose StatementEnd
-- +goose StatementBegin
ALTER TABLE situation RENAME COLUMN announced TO raised_change;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX situation_change ON situation (change);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX situation_raised_change ON situation (raised_change);
-- +goose StatementEnd
