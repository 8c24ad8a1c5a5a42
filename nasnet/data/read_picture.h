#pragma once

#include <optional>
#include <string>

#include "nasnet/data/image.h"
#include "nasnet/data/image_tree.h"

namespace nasnet::data {

/// Reads and decodes a picture that a user named. Where it cannot be, `fault` becomes a sentence
/// that names it and nothing is returned; without `skip_unreadable` it is thrown as an InputError.
std::optional<Image> read_picture(const ImageFile& file, bool skip_unreadable, std::string& fault);

}  // namespace nasnet::data
