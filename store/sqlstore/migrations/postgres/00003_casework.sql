-- +goose Up
-- +goose StatementBegin
CREATE TABLE casefile (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number    TEXT COLLATE "C" NOT NULL,
    version   BIGINT NOT NULL,
    change    BIGINT NOT NULL, -- of the last change, over all cases
    kind      TEXT COLLATE "C" NOT NULL,
    procedure TEXT COLLATE "C" NOT NULL,
    situation TEXT COLLATE "C" NOT NULL,
    entity    TEXT COLLATE "C" NOT NULL,
    state     TEXT COLLATE "C" NOT NULL,
    severity  BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    deadline  BIGINT NOT NULL, -- 9223372036854775807: none
    due       BIGINT, -- the earliest of its deadline and those of its open tasks, while it is open
    body      BYTEA  NOT NULL  -- the whole case: JSON
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
    case_id    TEXT COLLATE "C" NOT NULL,
    agency     TEXT COLLATE "C" NOT NULL,
    state      TEXT COLLATE "C" NOT NULL,
    before     BIGINT NOT NULL, -- which of the states before this one the agency has tasks in too: 1 waiting, 2 handling, 4 done, 8 returned, 16 withdrawn
    case_state TEXT COLLATE "C" NOT NULL, -- from here on like casefile
    severity   BIGINT NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    opened_at  BIGINT NOT NULL,
    deadline   BIGINT NOT NULL,
    due        BIGINT, -- the earliest of the case's deadline and those of the agency's open tasks
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
    agency TEXT COLLATE "C" NOT NULL,
    task   TEXT COLLATE "C" NOT NULL, -- the state of the task
    before BIGINT NOT NULL,
    state  TEXT COLLATE "C" NOT NULL, -- of the case
    n      BIGINT NOT NULL,
    PRIMARY KEY (agency, task, state, before)
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE record ( -- what the ledger proves, and its outbox
    entry   BIGINT NOT NULL PRIMARY KEY, -- counts all records, in the order in which they were committed
    id      TEXT COLLATE "C" NOT NULL,
    kind    TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    seq     BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    salt    BYTEA  NOT NULL,
    body    BYTEA  NOT NULL,
    leaf    BIGINT -- NULL while it waits
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
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE account (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version    BIGINT NOT NULL,
    name_zh    TEXT COLLATE "C" NOT NULL,
    name_en    TEXT COLLATE "C" NOT NULL,
    posts      TEXT COLLATE "C" NOT NULL, -- separated by spaces
    password   TEXT COLLATE "C" NOT NULL, -- PHC string
    disabled   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE session (
    key        BYTEA  NOT NULL PRIMARY KEY, -- SHA-256 of the token
    account    TEXT COLLATE "C" NOT NULL,
    way        TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
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
    one    BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    digest BYTEA  NOT NULL -- of the setup secret, until it is used
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
