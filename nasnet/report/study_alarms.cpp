#include "nasnet/report/study_alarms.h"

namespace nasnet::report {

std::vector<search::Alarm> alarms_of(const space::SearchSpace& space,
                                     const search::StudyResult& result) {
  return search::alarms(result, [&](const space::Choices& choices) {
    return space.weightless_share(choices).value_or(0);
  });
}

}  // namespace nasnet::report
