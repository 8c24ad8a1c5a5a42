#pragma once

#include <memory>
#include <string>

#include "nasnet/search/store/database.h"

namespace nasnet::search {

/// The file of a study, to be read while others write to it, or on media that nobody can write to.
/// Neither the file nor its -wal is changed, and no file is made beside it; the -shm is, by a mark,
/// only where a writer that has just begun its log has made none. The file is opened for each
/// statement anew: a connection that stayed open would keep the search from tidying its -wal away
/// when it ends.
std::unique_ptr<Database> read_sqlite(const std::string& file);

}  // namespace nasnet::search
