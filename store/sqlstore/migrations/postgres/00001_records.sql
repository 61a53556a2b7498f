-- Texts are compared by their bytes, as SQLite does and as pages rely on,
-- whatever the collation of the database.
-- +goose Up
-- +goose StatementBegin
CREATE TABLE entity (
    id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    type     TEXT COLLATE "C" NOT NULL,
    version  BIGINT NOT NULL,
    deleted  BIGINT NOT NULL,
    checksum BIGINT NOT NULL,
    data     BYTEA  NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE present (
    one      BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    position BIGINT NOT NULL,
    checksum BIGINT NOT NULL,
    feeds    BYTEA  NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE segment (
    type   TEXT COLLATE "C" NOT NULL,
    day    BIGINT NOT NULL,
    part   BIGINT NOT NULL,
    up_to  BIGINT NOT NULL,
    rows   BIGINT NOT NULL,
    bytes  BIGINT NOT NULL,
    sha256 BYTEA  NOT NULL,
    min_at BIGINT NOT NULL,
    max_at BIGINT NOT NULL,
    PRIMARY KEY (type, day, part)
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE rules (
    one      BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    position BIGINT NOT NULL,
    checksum BIGINT NOT NULL,
    state    BYTEA  NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE situation (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    change     BIGINT NOT NULL,
    rule       TEXT COLLATE "C" NOT NULL,
    type       TEXT COLLATE "C" NOT NULL,
    entity     TEXT COLLATE "C" NOT NULL,
    severity   BIGINT NOT NULL,
    raised_at  BIGINT NOT NULL,
    cleared_at BIGINT NOT NULL,  -- 0 while up
    low_lon    DOUBLE PRECISION, -- NULL where the situation has no place
    low_lat    DOUBLE PRECISION,
    high_lon   DOUBLE PRECISION,
    high_lat   DOUBLE PRECISION,
    body       BYTEA  NOT NULL   -- place, reasons, evidence: JSON
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
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed           TEXT COLLATE "C" NOT NULL,
    run            BIGINT NOT NULL,
    row            BIGINT NOT NULL,
    digest         BYTEA  NOT NULL, -- tells rows without a number apart
    received_at    BIGINT NOT NULL,
    reason         TEXT COLLATE "C" NOT NULL,
    raw            BYTEA  NOT NULL, -- as it came, which need not be text
    resubmitted_at BIGINT NOT NULL, -- 0: not yet
    result         TEXT COLLATE "C" NOT NULL
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
