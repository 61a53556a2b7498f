-- +goose Up
-- +goose StatementBegin
CREATE TABLE consumer (
    name     TEXT    NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
);
-- +goose StatementEnd
-- +goose Down
-- +goose StatementBegin
DROP TABLE consumer;
-- +goose StatementEnd
