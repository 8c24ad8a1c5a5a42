#pragma once

#include <filesystem>
#include <string>

namespace nasnet::test {

/// The rows of a study's table ("trials WHERE state = 'done'"); -1 where there is no such study or
/// table yet.
int count_rows(const std::filesystem::path& study, const std::string& table);

/// Runs a statement on a study; the rows that it has changed.
int change_rows(const std::filesystem::path& study, const std::string& sql);

}  // namespace nasnet::test
