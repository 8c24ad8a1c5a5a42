#pragma once

#include <filesystem>
#include <string>

namespace nasnet::report {

/// Prints a page of HTML, which needs no other file, to a PDF of A4 pages through Chromium: without
/// a network, in a profile of its own that is removed afterwards. Throws SystemError where no
/// Chromium is installed, naming the package, and where it fails or takes longer than two minutes.
void print_pdf(const std::string& page, const std::filesystem::path& pdf);

}  // namespace nasnet::report
