#pragma once

#include <filesystem>
#include <string>

namespace nasnet::data {

/// Downloads `url` to `path`, resuming from FILE.part of an earlier try, and checks the MD5. Throws
/// SystemError where the server or the network fails (the part stays), InputError where the file
/// has another checksum (it is removed), Interrupted on Ctrl-C (the part stays).
void download_file(const std::string& url, const std::filesystem::path& path,
                   const std::string& md5);

}  // namespace nasnet::data
