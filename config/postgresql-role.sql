-- An account for the running system that reads and writes, and adds to the log of who did what, but cannot change it.
-- Run by the owner of the tables, after veo migrate; running it again changes nothing:
--
--     psql --dbname veo --set role=veo_app --file config/postgresql-role.sql
--
-- Then give it a password with \password veo_app.
\set ON_ERROR_STOP on
SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
BEGIN;
GRANT USAGE ON SCHEMA public TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"role";
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"role";
REVOKE ALL ON alembic_version, audit_entries, audit_seals, sealed_entries FROM :"role";
GRANT SELECT ON alembic_version TO :"role";
GRANT SELECT, INSERT ON audit_entries, audit_seals, sealed_entries TO :"role";
COMMIT;
