#include "bench/proxy/proxies.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "nasnet/base/error.h"

namespace nasnet::bench {
namespace {

void change(Proxy& proxy, const std::string& word) {
  std::vector<Setting> known = list_settings(proxy.settings);
  known.push_back({"seed", &proxy.seed, "", {}});
  const size_t equal = word.find('=');
  const std::string name = word.substr(0, equal);
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const Setting& one) { return one.name == name; });
  if (found == known.end() || equal == std::string::npos)
    throw InputError(fmt::format("--proxy: '{}' is no setting of a child", word));
  set_from_text(*found, {word.substr(equal + 1)}, "--proxy");
}

}  // namespace

Proxy plain_proxy() {
  Proxy proxy;
  search::ChildSettings& settings = proxy.settings;
  settings.cells = 1;
  settings.filters = 8;
  settings.image_size = 14;
  settings.train_images = 2000;
  settings.validation_images = 1000;
  settings.training = {};  // those of `train`
  settings.training.epochs = 1;
  settings.training.batch = 32;
  settings.training.learning_rate = 0.05;
  settings.training.auxiliary_weight = 0;
  return proxy;
}

Proxy long_training() {
  Proxy proxy = plain_proxy();
  proxy.settings.image_size = 0;
  proxy.settings.training.epochs = 5;
  proxy.settings.train_images = 5000;
  proxy.settings.validation_images = 3000;
  proxy.seed = 1;
  return proxy;
}

Proxy default_child() {
  return {};
}

Proxy parse_proxy(const std::string& words) {
  Proxy proxy = plain_proxy();
  std::istringstream stream(words);
  bool first = true;
  for (std::string word; stream >> word; first = false) {
    if (first && word == "long") {
      proxy = long_training();
    } else if (first && word == "child") {
      proxy = default_child();
    } else if (!first || word != "plain") {
      change(proxy, word);
    }
  }
  proxy.name = words;
  return proxy;
}

std::vector<std::string> documented_proxies() {
  const std::string fast = "batch=16 learning_rate=0.1", uncropped = fast + " crop_padding=0";
  const std::string child = "epochs=2 " + uncropped;
  std::vector<std::string> proxies = {"plain",
                                      "drop_path_keep=0.6",
                                      fast,
                                      uncropped,
                                      uncropped + " image_size=20",
                                      uncropped + " image_size=0",
                                      child,
                                      "epochs=2 train_images=4000 " + uncropped,
                                      "epochs=2 batch=16 learning_rate=0.05 crop_padding=0",
                                      "epochs=2 batch=8 learning_rate=0.05 crop_padding=0",
                                      "long seed=2"};
  for (const char* change : {"auxiliary_weight=0.4", "label_smoothing=0.1", "flip=false",
                             "drop_path_keep=0.6", "filters=4", "filters=16", "cells=2"})
    proxies.push_back(child + " " + change);
  return proxies;
}

}  // namespace nasnet::bench
