#pragma once

#include "nasnet/search/study/study.h"

namespace nasnet::search {

/// The results in the store, which may be open with kRead: the study is not driven. Trials beyond
/// those asked for are left out.
StudyResult read_study(Store& store, const StudySpec& spec);

/// The same without the trials of both arms that neither find() nor alarms() looks at, nor their
/// cost: of a study of any length, for whoever looks at it again and again.
StudyResult read_study_briefly(Store& store, const StudySpec& spec);

/// The entropy of the search's policy, as its strategy was stored last; none for a strategy without
/// one, and for a state that this version cannot read.
std::optional<double> read_entropy_share(Store& store, const StudySpec& spec);

}  // namespace nasnet::search
