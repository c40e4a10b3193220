-- +goose Up
-- Which company guests mean who name none.

-- Directory: host name → the company that its guests mean. Only the operator writes it.
CREATE TABLE company_hosts (
	host       {{fold}}   NOT NULL PRIMARY KEY,
	company_id {{bigint}} NOT NULL
) {{norowid}};
