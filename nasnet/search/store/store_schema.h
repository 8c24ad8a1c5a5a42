#pragma once

#include <string>

namespace nasnet::search {

class Database;

/// Brings the database to this program's version of the schema, step by step from the one that it
/// has; to be called within a transaction. Throws InputError where the database is newer.
void migrate_schema(Database& database);

/// Opens a SELECT from a database that stays of the version that it has: a WITH clause that shows
/// the tables of an older one as this program's version has them; "" for this version. Throws
/// InputError where the database is newer, or has no schema yet.
std::string view_of_schema(Database& database);

}  // namespace nasnet::search
