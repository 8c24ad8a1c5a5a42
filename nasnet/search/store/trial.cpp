#include "nasnet/search/store/trial.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"

namespace nasnet::search {
namespace {

template <NamedEnum E>
E parse(const std::string& text, const char* noun) {
  if (const auto value = from_text<E>(text)) return *value;
  throw InputError(
      fmt::format("the study is damaged: a trial has the unknown {} '{}'", noun, text));
}

}  // namespace

TrialState parse_state(const std::string& text) {
  return parse<TrialState>(text, "state");
}

Cause parse_cause(const std::string& text) {
  return parse<Cause>(text, "cause");
}

}  // namespace nasnet::search
