#include "nasnet/dashboard/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/report/compare_studies.h"

namespace nasnet::dashboard {
namespace {

using nlohmann::ordered_json;

constexpr int kBad = 400, kMissing = 404;
/// Seconds in which a request takes the last look at the studies for a fresh one.
constexpr double kFresh = 1;

/// A request for what there is not.
class NotFound : public InputError {
 public:
  using InputError::InputError;
};

std::string text_of(const ordered_json& object) {
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

int64_t whole_number(const std::string& text, const std::string& name, int64_t least,
                     int64_t most) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    throw InputError(fmt::format("{} is a whole number from {} to {}, not '{}'", name, least, most,
                                 printable(text)));
  return value;
}

/// The parameters of a request, with their defaults.
class Parameters {
 public:
  explicit Parameters(const httplib::Request& request) : request_(request) {}

  std::string text(const char* name, const std::string& otherwise) const {
    return request_.has_param(name) ? request_.get_param_value(name) : otherwise;
  }
  int64_t number(const char* name, int64_t otherwise, int64_t least, int64_t most) const {
    return request_.has_param(name)
               ? whole_number(request_.get_param_value(name), name, least, most)
               : otherwise;
  }

 private:
  const httplib::Request& request_;
};

ordered_json list_studies(Catalog& catalog) {
  ordered_json list = ordered_json::array();
  for (const auto& study : catalog.all()) list.push_back(study->overview());
  const std::string problem = catalog.problem();
  return {{"revision", catalog.revision()},
          {"problem", problem.empty() ? ordered_json(nullptr) : ordered_json(problem)},
          {"studies", list}};
}

/// "a,b,c" at its commas.
std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> list;
  for (size_t begin = 0; begin <= text.size() && !text.empty();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    list.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return list;
}

/// Several studies on one chart, and what may be said of them.
ordered_json compare(Catalog& catalog, const Parameters& parameters) {
  constexpr size_t kMostStudies = 8;
  constexpr int64_t kMostPoints = 2000;
  const auto along = parse_enum<Along>(parameters.text("along", "trials"), "along");
  const int64_t points = parameters.number("points", 300, 1, kMostPoints);
  const std::vector<std::string> ids = list_of(parameters.text("studies", ""));
  if (ids.empty() || ids.size() > kMostStudies)
    throw InputError(
        fmt::format("studies names 1 to {} studies by their ids, with commas between "
                    "them",
                    kMostStudies));
  ordered_json list = ordered_json::array();
  std::vector<report::ComparedStudy> compared;
  for (const std::string& id : ids) {
    const auto study = catalog.find(id);
    if (!study)
      throw NotFound(
          fmt::format("there is no study '{}'; /api/v1/studies lists all", printable(id)));
    auto [object, one] = study->compared(along, points);
    list.push_back(std::move(object));
    compared.push_back(std::move(one));
  }
  return {{"along", to_text(along)},
          {"studies", list},
          {"sentences", report::compare_studies(compared)}};
}

/// "search/12", a trial's address within its study.
std::pair<std::string, int64_t> trial_address(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos)
    throw InputError(
        fmt::format("against is an arm and a number, as search/12, not '{}'", printable(text)));
  return {text.substr(0, slash),
          whole_number(text.substr(slash + 1), "a trial's number", 0, INT64_MAX / 2)};
}

/// Of one study; `path` has what follows its id.
ordered_json study_object(LiveStudy& study, const std::vector<std::string>& path,
                          const Parameters& parameters) {
  constexpr int64_t kMostTrials = 1000, kMostPoints = 5000, kMostWindows = 500;
  constexpr size_t kMostColumns = 40;
  if (path.empty()) return study.detail();
  if (path.size() == 1 && path[0] == "curve")
    return study.curve(parse_enum<Along>(parameters.text("along", "trials"), "along"),
                       parameters.number("points", 1000, 1, kMostPoints));
  if (path.size() == 1 && path[0] == "front")
    return study.front(parameters.number("points", 1000, 2, kMostPoints));
  if (path.size() == 1 && path[0] == "best")
    return study.best(parameters.text("arm", search::kSearchArm),
                      parameters.number("count", 12, 1, kMostTrials));
  if (path.size() == 1 && path[0] == "trials")
    return study.trials(parameters.text("arm", search::kSearchArm),
                        parameters.number("first", 0, 0, INT64_MAX / 2),
                        parameters.number("count", 100, 1, kMostTrials));
  if (path.size() == 1 && path[0] == "points") {
    const std::vector<std::string> columns = list_of(parameters.text("columns", "number,reward"));
    if (columns.empty() || columns.size() > kMostColumns)
      throw InputError(fmt::format("columns names 1 to {} columns", kMostColumns));
    return study.points({columns, parameters.text("where", ""),
                         static_cast<size_t>(parameters.number("points", 1000, 1, kMostPoints))});
  }
  if (path.size() == 1 && path[0] == "shares")
    return study.shares(parameters.number("windows", 40, 1, kMostWindows));
  if (path.size() == 1 && path[0] == "policy") {
    const int64_t at = parameters.number("at", -1, 0, INT64_MAX / 2);
    return study.policy(at < 0 ? std::nullopt : std::optional(at));
  }
  if (path.size() == 1 && path[0] == "effects")
    return study.effects(parameters.text("arm", search::kSearchArm),
                         parse_enum<EffectsBy>(parameters.text("by", "group"), "by"));
  if (path.size() == 3 && path[0] == "trials")
    return study.trial(path[1], whole_number(path[2], "a trial's number", 0, INT64_MAX / 2));
  throw NotFound("the API has nothing at this address; /api/v1/openapi.json lists all");
}

}  // namespace

void answer_error(httplib::Response& response, int status, const std::string& why) {
  response.status = status;
  response.set_content(text_of({{"error", why}}), "application/json");
}

void answer_api(Catalog& catalog, const std::vector<std::string>& path,
                const httplib::Request& request, httplib::Response& response) {
  const Parameters parameters(request);
  response.set_header("Cache-Control", "no-store");
  try {
    catalog.refresh(kFresh);
    if (path.size() == 1 && path[0] == "compare") {
      response.set_content(text_of(compare(catalog, parameters)), "application/json");
      return;
    }
    if (path.empty() || path[0] != "studies")
      throw NotFound("the API has nothing at this address; /api/v1/openapi.json lists all");
    if (path.size() == 1) {
      response.set_content(text_of(list_studies(catalog)), "application/json");
      return;
    }
    const auto study = catalog.find(path[1]);
    if (!study) throw NotFound("there is no such study; /api/v1/studies lists all");
    const std::vector<std::string> rest(path.begin() + 2, path.end());
    if (rest.size() == 4 && rest[0] == "trials" && rest[3] == "cells.svg") {
      // Its colours stand in its elements.
      response.set_header("Content-Security-Policy",
                          "default-src 'none'; style-src 'unsafe-inline'; sandbox");
      const std::string against = parameters.text("against", "");
      response.set_content(
          study->cell_svg(rest[1], whole_number(rest[2], "a trial's number", 0, INT64_MAX / 2),
                          against.empty() ? std::nullopt : std::optional(trial_address(against))),
          "image/svg+xml");
      return;
    }
    response.set_content(text_of(study_object(*study, rest, parameters)), "application/json");
  } catch (const NotFound& error) {
    answer_error(response, kMissing, error.what());
  } catch (const InputError& error) {
    answer_error(response, kBad, error.what());
  } catch (const std::exception& error) {
    constexpr int kLater = 503;
    answer_error(response, kLater, error.what());
  }
}

}  // namespace nasnet::dashboard
