#include "nasnet/search/workers/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"

namespace nasnet::search {
namespace {

using nlohmann::json;

/// Whole numbers alone: JSON's others may be too large for an integer.
int64_t whole(const json& message, const char* key) {
  const json& value = message.at(key);
  if (!value.is_number_integer()) throw InputError(fmt::format("{} is no whole number", key));
  return value.get<int64_t>();
}

Cost cost_of(const json& message) {
  Cost cost;
  cost.core_seconds = message.value("core_seconds", 0.0);
  cost.gpu_seconds = message.value("gpu_seconds", 0.0);
  if (message.contains("peak_bytes")) cost.peak_bytes = whole(message, "peak_bytes");
  return cost;
}

/// A failure has a cause, even if this program does not know it.
Cause cause_of(const json& message) {
  try {
    const Cause cause = parse_cause(message.value("cause", ""));
    return cause == Cause::kNone ? Cause::kException : cause;
  } catch (const InputError&) {
    return Cause::kException;
  }
}

/// No result is given up for a curve: points that are none are left out.
std::vector<CurvePoint> curve_of(const json& message) {
  std::vector<CurvePoint> curve;
  const auto is_point = [](const json& point) {
    return point.is_array() && point.size() == 3 && point[0].is_number_integer() &&
           point[1].is_number() && point[2].is_number();
  };
  for (const json& point : message.value("curve", json::array()))
    if (is_point(point)) curve.push_back({point[0], point[1], point[2]});
  return curve;
}

WorkerLine parse(const json& message) {
  if (message.contains("ready")) return WorkerReady{};
  if (message.contains("fatal")) return WorkerFailed{message["fatal"].get<std::string>()};
  if (message.contains("images")) return TaskProgress{whole(message, "images"), cost_of(message)};
  Finished result;
  result.cost = cost_of(message);
  result.curve = curve_of(message);
  if (message.contains("failed")) {
    result.message = message["failed"].get<std::string>();
    result.cause = cause_of(message);
    return result;
  }
  Measurements& measured = result.measurements.emplace();
  for (const auto& [name, value] : message.at("done").items())
    measured[name] =
        value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  return result;
}

json to_json(const Cost& cost) {
  return {{"core_seconds", cost.core_seconds},
          {"gpu_seconds", cost.gpu_seconds},
          {"peak_bytes", cost.peak_bytes}};
}

/// An overload for each kind of line.
struct Writer {
  json operator()(const Chatter& chatter) const { return chatter.line; }
  json operator()(const WorkerReady&) const { return {{"ready", true}}; }
  json operator()(const WorkerFailed& failed) const { return {{"fatal", failed.message}}; }
  json operator()(const TaskProgress& progress) const {
    json message = to_json(progress.cost);
    message["images"] = progress.images;
    return message;
  }
  json operator()(const Finished& finished) const {
    json message = to_json(finished.cost);
    for (const CurvePoint& point : finished.curve)
      message["curve"].push_back({point.epoch, point.loss, point.accuracy});
    if (finished.measurements) {
      message["done"] = *finished.measurements;  // null for what is no number
    } else {
      message["failed"] = finished.message;
      message["cause"] = to_text(finished.cause);
    }
    return message;
  }
};

/// Messages of libraries may be in any encoding.
std::string line_of(const json& message) {
  return message.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

WorkerLine parse_worker_line(const std::string& line) {
  const json message = json::parse(line, nullptr, false);
  if (!message.is_object()) return Chatter{line};
  try {
    return parse(message);
  } catch (const json::exception&) {
    return Chatter{line};
  } catch (const InputError&) {
    return Chatter{line};
  }
}

std::string format_worker_line(const WorkerLine& line) {
  return line_of(std::visit(Writer{}, line));
}

Task parse_task(const std::string& line) {
  try {
    const json message = json::parse(line);
    Task task;
    task.seed = message.at("seed").get<uint64_t>();
    task.arm = message.at("arm");
    task.number = whole(message, "number");
    task.choices = message.at("choices").get<space::Choices>();
    task.epochs = whole(message, "epochs");
    task.schedule = whole(message, "schedule");
    return task;
  } catch (const json::exception& error) {
    throw InputError(fmt::format("a worker was given a task that is not whole: {}", error.what()));
  }
}

std::string format_task(const Task& task) {
  return line_of({{"seed", task.seed},
                  {"arm", task.arm},
                  {"number", task.number},
                  {"choices", task.choices},
                  {"epochs", task.epochs},
                  {"schedule", task.schedule}});
}

}  // namespace nasnet::search
