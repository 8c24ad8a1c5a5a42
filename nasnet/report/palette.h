#pragma once

namespace nasnet::report {

// Colours that the colour-blind tell apart (Okabe and Ito), darkened where white paper wants it.
inline constexpr const char* kGrey = "#767676";
inline constexpr const char* kBlue = "#0072b2";
inline constexpr const char* kGreen = "#007f5f";
inline constexpr const char* kPurple = "#b0568f";
inline constexpr const char* kBrown = "#8c5a00";
inline constexpr const char* kRed = "#d55e00";
inline constexpr const char* kBlack = "#222222";

}  // namespace nasnet::report
