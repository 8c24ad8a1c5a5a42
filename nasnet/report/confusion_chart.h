#pragma once

#include <string>

#include "nasnet/boxes/confusion.h"

namespace nasnet::report {

/// The confusion as SVG: a row a true class, and one for background; a column a class that was
/// found, and one for what was missed. Shades are shares of the row, right ones blue and wrong ones
/// red; pointing at a cell tells its number, which stands in it where there is room. Of more than a
/// hundred classes those with most objects have rows, and the others one together.
std::string draw_confusion(const boxes::Truth& truth, const boxes::Confusion& confusion);

}  // namespace nasnet::report
