#pragma once

#include <string>

namespace nasnet::data {

/// The line that makes class folders of the parquet files in a folder, or of one file, as the
/// Hugging Face hub has them: a column of pictures, each a struct with its bytes, and one of
/// labels, whose names are in the schema. It runs in any POSIX shell.
std::string parquet_advice(const std::string& path);

}  // namespace nasnet::data
