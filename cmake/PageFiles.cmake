# Writes SOURCE, a C++ file that holds the page below ROOT: see nasnet/dashboard/page_files.h.
set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript")
set(type_css "text/css")
set(type_svg "image/svg+xml")
set(type_json "application/json")

file(GLOB paths ${ROOT}/dist/* ${ROOT}/public/*)
list(SORT paths)
set(arrays "")
set(rows "")
set(count 0)
foreach(path ${paths})
  string(REGEX MATCH "[a-z]+$" extension ${path})
  get_filename_component(name ${path} NAME)
  if(NOT DEFINED type_${extension})
    continue()  # the digest of the sources
  endif()
  file(READ ${path} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "((0x..,){20})" "\\1\n" bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char k${count}[] = {\n${bytes}};\n")
  string(APPEND rows "    {\"/${name}\", \"${type_${extension}}\", text(k${count})},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${SOURCE} "// Made by cmake/PageFiles.cmake of web/dist and web/public.
#include \"nasnet/dashboard/page_files.h\"

#include <array>

namespace nasnet::dashboard {
namespace {

${arrays}
template <size_t N>
std::string_view text(const unsigned char (&bytes)[N]) {
  return {reinterpret_cast<const char*>(bytes), N};
}

}  // namespace

std::span<const PageFile> page_files() {
  static const std::array<PageFile, ${count}> files = {{
${rows}  }};
  return files;
}

}  // namespace nasnet::dashboard
")
