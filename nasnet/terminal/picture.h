#pragma once

#include <vector>

#include "nasnet/terminal/lines.h"
#include "nasnet/terminal/snapshot.h"

namespace nasnet::terminal {

/// The study in at most `area.rows` lines of at most `area.columns` columns: state and progress,
/// both arms, what was spent, the curve, the best cells, failures, alarms, workers. Where there is
/// no room for all, what matters least is left out. The same snapshot gives the same picture.
std::vector<Line> draw_picture(const Snapshot& snapshot, const Area& area);

}  // namespace nasnet::terminal
