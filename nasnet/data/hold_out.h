#pragma once

#include <cstdint>
#include <vector>

namespace nasnet::data {

/// Divides images into training and test images, where a data set has no test split. Gives a bool
/// an image, true for test. Image i has the class labels[i] and the picture contents[i] (see
/// content_of()); `share`, in (0, 1), is the share of each class that becomes test images, rounded
/// to whole pictures. The pictures alone decide: their files' order and names do not matter, and
/// adding images moves few others. Copies of a picture go into the same part. A picture that occurs
/// in two classes is never a test image. Of a class of two or more different pictures, both parts
/// get at least one, unless each of its pictures occurs in another class, too.
std::vector<bool> hold_out(const std::vector<int>& labels, const std::vector<uint64_t>& contents,
                           double share);

}  // namespace nasnet::data
