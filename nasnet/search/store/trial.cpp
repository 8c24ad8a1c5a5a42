#include "nasnet/search/store/trial.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "nasnet/base/error.h"

namespace nasnet::search {
namespace {

constexpr std::array<std::pair<TrialState, const char*>, 7> kStates = {{
    {TrialState::kHeld, "held"},
    {TrialState::kWaiting, "waiting"},
    {TrialState::kPending, "pending"},
    {TrialState::kRunning, "running"},
    {TrialState::kPaused, "paused"},
    {TrialState::kDone, "done"},
    {TrialState::kFailed, "failed"},
}};

constexpr std::array<std::pair<Cause, const char*>, 7> kCauses = {{
    {Cause::kNone, ""},
    {Cause::kOutOfMemory, "out of memory"},
    {Cause::kNotANumber, "not a number"},
    {Cause::kTimeOut, "time-out"},
    {Cause::kKilled, "killed"},
    {Cause::kDataError, "data error"},
    {Cause::kException, "exception"},
}};

template <class T, size_t N>
std::string text_of(const std::array<std::pair<T, const char*>, N>& names, T value) {
  for (const auto& [known, name] : names)
    if (known == value) return name;
  return "";
}

template <class T, size_t N>
T parse(const std::array<std::pair<T, const char*>, N>& names, const std::string& text,
        const char* what) {
  for (const auto& [known, name] : names)
    if (text == name) return known;
  throw InputError(
      fmt::format("the study is damaged: a trial has the unknown {} '{}'", what, text));
}

}  // namespace

std::string to_text(TrialState state) {
  return text_of(kStates, state);
}

std::string to_text(Cause cause) {
  return text_of(kCauses, cause);
}

TrialState parse_state(const std::string& text) {
  return parse(kStates, text, "state");
}

Cause parse_cause(const std::string& text) {
  return parse(kCauses, text, "cause");
}

}  // namespace nasnet::search
