-- +goose Up
-- +goose StatementBegin
CREATE TABLE casefile (
    id        TEXT    NOT NULL PRIMARY KEY,
    number    TEXT    NOT NULL,
    version   INTEGER NOT NULL,
    change    INTEGER NOT NULL, -- of the last change, over all cases
    kind      TEXT    NOT NULL,
    procedure TEXT    NOT NULL,
    situation TEXT    NOT NULL,
    entity    TEXT    NOT NULL,
    state     TEXT    NOT NULL,
    severity  INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    deadline  INTEGER NOT NULL, -- 9223372036854775807: none
    due       INTEGER, -- the earliest of its deadline and those of its open tasks, while it is open
    body      BLOB    NOT NULL  -- the whole case: JSON
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE UNIQUE INDEX casefile_number ON casefile (number);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE UNIQUE INDEX casefile_change ON casefile (change);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE UNIQUE INDEX casefile_situation ON casefile (situation, procedure) WHERE situation <> '';
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX casefile_entity ON casefile (entity) WHERE entity <> '';
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX casefile_deadline ON casefile (state, deadline, id, due, severity, kind, opened_at);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX casefile_opened ON casefile (state, opened_at DESC, id, due, severity, kind);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX casefile_due ON casefile (due) WHERE due IS NOT NULL;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE case_task ( -- which agency has a task in which state: for worklists
    case_id    TEXT    NOT NULL,
    agency     TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    before     INTEGER NOT NULL, -- which of the states before this one the agency has tasks in too: 1 waiting, 2 handling, 4 done, 8 returned, 16 withdrawn
    case_state TEXT    NOT NULL, -- from here on like casefile
    severity   INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    opened_at  INTEGER NOT NULL,
    deadline   INTEGER NOT NULL,
    due        INTEGER, -- the earliest of the case's deadline and those of the agency's open tasks
    PRIMARY KEY (case_id, agency, state)
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX case_task_deadline ON case_task (agency, state, case_state, deadline, case_id, due, severity, kind, before, opened_at);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX case_task_opened ON case_task (agency, state, case_state, opened_at DESC, case_id, due, severity, kind, before);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX case_task_due ON case_task (agency, due, state, before, case_state, severity, kind, opened_at) WHERE due IS NOT NULL;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE case_total ( -- how many rows case_task has of each sort, and, with agency and task '', casefile of each state
    agency TEXT    NOT NULL,
    task   TEXT    NOT NULL, -- the state of the task
    before INTEGER NOT NULL,
    state  TEXT    NOT NULL, -- of the case
    n      INTEGER NOT NULL,
    PRIMARY KEY (agency, task, state, before)
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE record ( -- what the ledger proves, and its outbox
    entry   INTEGER NOT NULL PRIMARY KEY, -- counts all records, in the order in which they were committed
    id      TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    salt    BLOB    NOT NULL,
    body    BLOB    NOT NULL,
    leaf    INTEGER -- NULL while it waits
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE UNIQUE INDEX record_id ON record (id);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE UNIQUE INDEX record_subject ON record (kind, subject, seq);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE UNIQUE INDEX record_leaf ON record (leaf) WHERE leaf IS NOT NULL;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX record_waiting ON record (entry) WHERE leaf IS NULL;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE counter (
    name  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE account (
    id         TEXT    NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL,
    name_zh    TEXT    NOT NULL,
    name_en    TEXT    NOT NULL,
    posts      TEXT    NOT NULL, -- separated by spaces
    password   TEXT    NOT NULL, -- PHC string
    disabled   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE session (
    key        BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of the token
    account    TEXT    NOT NULL,
    way        TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX session_account ON session (account);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX session_seen ON session (seen_at);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE setup (
    one    INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    digest BLOB    NOT NULL -- of the setup secret, until it is used
);
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE setup;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE session;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE account;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE counter;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE record;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE case_total;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE case_task;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE casefile;
-- +goose StatementEnd
