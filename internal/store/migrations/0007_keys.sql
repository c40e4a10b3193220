-- +goose Up
-- Keys that are replaced while what they signed is still good.

-- When the key is good for nothing more; 0 if that is not set.
ALTER TABLE keys ADD COLUMN ends_at {{bigint}} NOT NULL DEFAULT 0;
