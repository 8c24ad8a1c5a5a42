#pragma once

#include <string>
#include <vector>

namespace nasnet::search {

/// True if the file begins as a study's does, of any version, or is one by its log.
bool is_study_file(const std::string& path);

/// The studies at a path, sorted: the file itself, or those that lie in the folder and in the
/// folders of it. Throws SystemError for a folder that cannot be read.
std::vector<std::string> find_study_files(const std::string& path);

/// The names of the studies in a PostgreSQL database, sorted. Throws SystemError where it cannot be
/// reached.
std::vector<std::string> find_stored_studies(const std::string& url);

}  // namespace nasnet::search
