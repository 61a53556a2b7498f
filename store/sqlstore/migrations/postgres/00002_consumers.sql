-- +goose Up
-- +goose StatementBegin
CREATE TABLE consumer (
    name     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX entity_deleted ON entity (version) WHERE deleted = 1;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TABLE fact (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);
-- +goose StatementEnd
-- +goose Down
-- +goose StatementBegin
DROP TABLE fact;
-- +goose StatementEnd
-- +goose StatementBegin
DROP INDEX entity_deleted;
-- +goose StatementEnd
-- +goose StatementBegin
DROP TABLE consumer;
-- +goose StatementEnd
