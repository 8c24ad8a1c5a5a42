#pragma once

namespace nasnet::group {

// HTTP between the meeting place and its guests: see meeting_place.cpp.

inline constexpr int kDone = 200, kWrong = 400, kMissing = 404, kConflict = 409;
/// The header that names a value to keep or to give.
inline constexpr const char* kNameHeader = "Name";

}  // namespace nasnet::group
