#pragma once

#include <string>

#include "nasnet/search/study/search_settings.h"

namespace nasnet::report {

/// Rewards and the best so far of the search and of its random arm against trials and processor
/// time, and where a sample was trained longer, those rewards against the short training's; SVG.
/// Arms of many trials are thinned: each mark is the mean of some. "" where no trial is done.
std::string draw_study(const search::SearchSettings& settings, const search::StudyResult& result);

}  // namespace nasnet::report
