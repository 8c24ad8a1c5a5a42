#include "nasnet/report/study_alarms.h"

// Alarms of a study with the one fact that only its space knows: how many of a candidate's
// operations have no weights. Spaces that cannot tell count as having none of them.

namespace nasnet::report {

std::vector<search::Alarm> alarms_of(const space::SearchSpace& space,
                                     const search::StudyResult& result) {
  return search::alarms(result, [&](const space::Choices& choices) {
    return space.weightless_share(choices).value_or(0);
  });
}

}  // namespace nasnet::report
