#pragma once

#include <filesystem>

namespace nasnet::bench {

/// A folder of 512 JPEGs as ImageNet's are, 500 pixels long and about 95 kB large, in build/: made
/// where they are not there yet, of the photographs in ../shared/data/coco-mini.tar.zst, or of
/// patterns where those are missing.
std::filesystem::path make_jpegs();

}  // namespace nasnet::bench
