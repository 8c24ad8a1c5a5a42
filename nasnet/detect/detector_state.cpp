#include "nasnet/detect/detector_state.h"

#include <nlohmann/json.hpp>

namespace nasnet::detect {
namespace {

using nlohmann::json;

constexpr std::pair<const char*, double DetectionLosses::*> kLosses[] = {
    {"objectness", &DetectionLosses::objectness},
    {"proposals", &DetectionLosses::proposals},
    {"classes", &DetectionLosses::classes},
    {"boxes", &DetectionLosses::boxes}};

json losses_to_json(const DetectionLosses& losses) {
  json object;
  for (const auto& [name, member] : kLosses) object[name] = losses.*member;
  return object;
}

DetectionLosses losses_from_json(const json& object) {
  DetectionLosses losses;
  for (const auto& [name, member] : kLosses) losses.*member = object.at(name);
  return losses;
}

}  // namespace

void DetectionLosses::add(const DetectionLosses& more, double share) {
  for (const auto& [name, member] : kLosses) this->*member += share * (more.*member);
}

json state_to_json(const DetectorState& state) {
  json history = json::array();
  for (const DetectorEpoch& epoch : state.history)
    history.push_back({{"epoch", epoch.epoch},
                       {"losses", losses_to_json(epoch.losses)},
                       {"learning_rate", epoch.learning_rate}});
  return {{"step", state.step}, {"sum", losses_to_json(state.sum)}, {"history", history}};
}

DetectorState state_from_json(const json& object) {
  DetectorState state;
  state.step = object.at("step");
  state.sum = losses_from_json(object.at("sum"));
  for (const json& row : object.at("history"))
    state.history.push_back(
        {row.at("epoch"), losses_from_json(row.at("losses")), row.at("learning_rate")});
  return state;
}

}  // namespace nasnet::detect
