-- +goose Up
-- +goose StatementBegin
CREATE TABLE entity (
    id       TEXT    NOT NULL PRIMARY KEY,
    type     TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    deleted  INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    data     BLOB    NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE present (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    feeds    BLOB    NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE segment (
    type   TEXT    NOT NULL,
    day    INTEGER NOT NULL,
    part   INTEGER NOT NULL,
    up_to  INTEGER NOT NULL,
    rows   INTEGER NOT NULL,
    bytes  INTEGER NOT NULL,
    sha256 BLOB    NOT NULL,
    min_at INTEGER NOT NULL,
    max_at INTEGER NOT NULL,
    PRIMARY KEY (type, day, part)
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE rules (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    state    BLOB    NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE situation (
    id         TEXT    NOT NULL PRIMARY KEY,
    change     INTEGER NOT NULL,
    rule       TEXT    NOT NULL,
    type       TEXT    NOT NULL,
    entity     TEXT    NOT NULL,
    severity   INTEGER NOT NULL,
    raised_at  INTEGER NOT NULL,
    cleared_at INTEGER NOT NULL, -- 0 while up
    low_lon    REAL,             -- NULL where the situation has no place
    low_lat    REAL,
    high_lon   REAL,
    high_lat   REAL,
    body       BLOB    NOT NULL  -- place, reasons, evidence: JSON
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX situation_change ON situation (change);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX situation_raised ON situation (raised_at, id);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX situation_entity ON situation (entity, raised_at, id);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX situation_up ON situation (raised_at, id) WHERE cleared_at = 0;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE quarantine (
    id             INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    feed           TEXT    NOT NULL,
    run            INTEGER NOT NULL,
    row            INTEGER NOT NULL,
    digest         BLOB    NOT NULL, -- tells rows without a number apart
    received_at    INTEGER NOT NULL,
    reason         TEXT    NOT NULL,
    raw            TEXT    NOT NULL,
    resubmitted_at INTEGER NOT NULL, -- 0: not yet
    result         TEXT    NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE UNIQUE INDEX quarantine_row ON quarantine (feed, run, row, digest);
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE quarantine;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE situation;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE rules;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE segment;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE present;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE entity;
-- +goose StatementEnd
