-- +goose Up
-- +goose StatementBegin
CREATE TABLE case_word ( -- by which words cases are found; migration 6 fills it
    word      TEXT    NOT NULL,
    opened_at INTEGER NOT NULL, -- of the case
    case_id   TEXT    NOT NULL,
    PRIMARY KEY (word, opened_at, case_id)
) WITHOUT ROWID;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX case_word_case ON case_word (case_id, word);
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE case_word;
-- +goose StatementEnd
