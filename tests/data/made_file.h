#pragma once

#include <functional>
#include <memory>
#include <string>

#include "nasnet/data/file_store.h"

namespace nasnet::data {

/// A file of a test, whose bytes a function makes at each reading.
inline ImageFile made_file(const std::string& path, std::function<std::string()> make) {
  class MadeStore final : public FileStore {
   public:
    explicit MadeStore(std::function<std::string()> make) : make_(std::move(make)) {}
    std::string read(uint64_t, size_t, const std::string&) const override { return make_(); }
    std::string beginning(uint64_t, size_t most, const std::string&) const override {
      return make_().substr(0, most);
    }
    uint64_t size(uint64_t, const std::string&) const override { return make_().size(); }

   private:
    std::function<std::string()> make_;
  };
  return {path, std::make_shared<MadeStore>(std::move(make))};
}

}  // namespace nasnet::data
