-- +goose Up
-- +goose StatementBegin
ALTER TABLE situation ADD COLUMN raised_change BIGINT NOT NULL DEFAULT 0; -- the change that raised it
-- +goose StatementEnd
-- +goose StatementBegin
UPDATE situation SET raised_change = change;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE INDEX situation_raised_change ON situation (raised_change);
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP INDEX situation_raised_change;
-- +goose StatementEnd
-- +goose StatementBegin
ALTER TABLE situation DROP COLUMN raised_change;
-- +goose StatementEnd
