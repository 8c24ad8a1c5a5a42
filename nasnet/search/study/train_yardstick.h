#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nasnet/search/study/study.h"

namespace nasnet::search {

// A yardstick is a network that somebody designed by hand, trained in a study as its own cells are:
// as the best cells trained again where there are any (--seeds), each seed once, or else once as a
// child. Its trials are kept in the study, in an arm of their own.

int64_t yardstick_epochs(const StudySpec& spec);
int yardstick_trainings(const StudySpec& spec);

/// Those in the store that were trained so, in the order in which they were asked for.
std::vector<Yardstick> read_yardsticks(Store& store, const StudySpec& spec);

/// True if nothing is missing of the training of these cells: there is no need for data.
bool has_yardstick(Store& store, const StudySpec& spec, const space::Genotype& genotype);

/// Trains what is missing. This process must be the study's driver (Store::drive()); trials of the
/// search that wait are not evaluated meanwhile, and the study's state, time and costs stay as they
/// are. A run that was killed is resumed by the next one. `show` is told of trials finished and of
/// all. Throws Interrupted when the user stops it.
void train_yardstick(Store& store, const StudySpec& spec, const space::Genotype& genotype,
                     TaskRunner& runner, const std::function<void(int64_t, int64_t)>& show = {});

}  // namespace nasnet::search
