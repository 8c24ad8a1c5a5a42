#pragma once

#include <locale.h>

namespace nasnet {

/// While it lives, its thread's locale is UTF-8, whatever the user has: for the C library's tables
/// of characters, and for libarchive, which gives or takes no name at all that it cannot convert.
/// Where the system has no such locale, nothing changes.
class Utf8Locale {
 public:
  Utf8Locale() {
    static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (utf8) before_ = uselocale(utf8);
  }
  ~Utf8Locale() {
    if (before_) uselocale(before_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t before_ = nullptr;
};

}  // namespace nasnet
