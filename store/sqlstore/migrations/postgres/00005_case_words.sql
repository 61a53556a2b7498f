-- +goose Up
-- +goose StatementBegin
CREATE TABLE case_word ( -- by which words cases are found; migration 6 fills it
    word      TEXT COLLATE "C" NOT NULL,
    opened_at BIGINT NOT NULL, -- of the case
    case_id   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (word, opened_at, case_id)
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX case_word_case ON case_word (case_id, word);
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE case_word;
-- +goose StatementEnd
