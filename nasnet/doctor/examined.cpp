#include <fmt/format.h>

#include "nasnet/doctor/data_findings.h"

namespace nasnet::doctor {

std::string Examined::name(int64_t image) const {
  const data::SurveyedImage& one = survey.images[image];
  if (one.file) return one.file->path;
  return fmt::format("{} image {}", one.split == data::Split::kTest ? "test" : "training",
                     one.held);
}

const std::string& Examined::class_of(int64_t image) const {
  return survey.classes[survey.images[image].label];
}

Finding Examined::finding(std::string name, Severity severity, int64_t count, std::string text,
                          std::string remedy) const {
  return {.name = std::move(name),
          .severity = severity,
          .area = "data",
          .where = survey.source,
          .count = count,
          .text = std::move(text),
          .remedy = std::move(remedy),
          .examples = {}};
}

std::string images_are(int64_t count) {
  return fmt::format("{} image{}", count, count == 1 ? " is" : "s are");
}

std::string images_have(int64_t count) {
  return fmt::format("{} image{}", count, count == 1 ? " has" : "s have");
}

}  // namespace nasnet::doctor
