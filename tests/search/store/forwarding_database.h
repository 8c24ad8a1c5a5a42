#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nasnet/search/store/database.h"

namespace nasnet::search {

/// Hands every call on to another database: for tests and benchmarks that change or watch some.
class ForwardingDatabase : public Database {
 public:
  explicit ForwardingDatabase(std::unique_ptr<Database> inner) : inner_(std::move(inner)) {}

  const std::string& name() const override { return inner_->name(); }
  OpenMode mode() const override { return inner_->mode(); }
  Result run(const std::string& sql, const std::vector<Value>& values) override {
    return inner_->run(sql, values);
  }
  void script(const std::string& sql) override { inner_->script(sql); }
  void begin(bool durable) override { inner_->begin(durable); }
  void commit() override { inner_->commit(); }
  void rollback() noexcept override { inner_->rollback(); }
  void lock_schema() override { inner_->lock_schema(); }
  int64_t version() override { return inner_->version(); }
  void set_version(int64_t version) override { inner_->set_version(version); }
  std::string dialect(std::string sql) const override { return inner_->dialect(std::move(sql)); }
  std::string skip_locked() const override { return inner_->skip_locked(); }
  std::string lock_shared() const override { return inner_->lock_shared(); }
  void hold(const std::function<ProcessId()>& holder) override { inner_->hold(holder); }
  Connection reconnect() override { return inner_->reconnect(); }

 private:
  std::unique_ptr<Database> inner_;
};

}  // namespace nasnet::search
