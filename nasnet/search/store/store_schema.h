#pragma once

namespace nasnet::search {

class Database;

/// Whether the database has this program's version of the schema.
bool is_newest_schema(Database& database);

/// Brings the database to this program's version of the schema, step by step from the one that it
/// has; to be called within a transaction. Throws InputError where the database is newer.
void migrate_schema(Database& database);

}  // namespace nasnet::search
