#pragma once

#include <cstdint>

namespace nasnet::doctor {

/// How alike two small pictures (see kThumbBytes) are once one of them is stretched and moved onto
/// the other, as where one is a part of the other: the correlation of their grey values where they
/// overlap; -1 where no stretch of at most an eighth and no move of at most a tenth fits. Colours
/// are not compared. The stretch is found by least squares (Lucas and Kanade 1981), beside
/// brightness and contrast.
double aligned_likeness(const uint8_t* thumb, const uint8_t* other, bool mirrored);

}  // namespace nasnet::doctor
