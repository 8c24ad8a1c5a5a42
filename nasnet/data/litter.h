#pragma once

#include <string_view>

namespace nasnet::data {

/// Files and folders that systems and programs leave among the pictures and that hold nothing of
/// the user's: .DS_Store, __MACOSX, ._x.jpg, Thumbs.db, @eaDir ... The one list: docs/data.md
/// prints it, every verb uses it. `name` is a part of a path; letters count in any case.
bool is_litter(std::string_view name);

/// Other names that begin with a dot: not read, but counted, as they may hold pictures.
bool is_hidden(std::string_view name);

}  // namespace nasnet::data
