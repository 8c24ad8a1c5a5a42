#pragma once

#include <span>
#include <string_view>

namespace nasnet::dashboard {

/// A file of the page, as it was built from web/ (see web/README.md).
struct PageFile {
  std::string_view path;  ///< "/app.js"
  std::string_view type;  ///< "text/javascript"
  std::string_view bytes;
};

/// All of them; made by CMake from web/dist and web/public.
std::span<const PageFile> page_files();

}  // namespace nasnet::dashboard
