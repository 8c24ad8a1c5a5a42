#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "nasnet/search/database.h"

namespace nasnet::scale {

/// Adds up the time that the calls of a database take.
class TimedDatabase : public search::Database {
 public:
  /// `seconds` must outlive the database.
  TimedDatabase(std::unique_ptr<Database> inner, double& seconds)
      : inner_(std::move(inner)), seconds_(seconds) {}

  const std::string& name() const override { return inner_->name(); }
  Result run(const std::string& sql, const std::vector<Value>& values) override {
    const Timer timer(seconds_);
    return inner_->run(sql, values);
  }
  void script(const std::string& sql) override {
    const Timer timer(seconds_);
    inner_->script(sql);
  }
  void begin(bool durable) override {
    const Timer timer(seconds_);
    inner_->begin(durable);
  }
  void commit() override {
    const Timer timer(seconds_);
    inner_->commit();
  }
  void rollback() noexcept override { inner_->rollback(); }
  void lock_schema() override { inner_->lock_schema(); }
  int64_t version() override { return inner_->version(); }
  void set_version(int64_t version) override { inner_->set_version(version); }
  std::string dialect(std::string sql) const override { return inner_->dialect(std::move(sql)); }
  std::string skip_locked() const override { return inner_->skip_locked(); }
  void hold(const std::string& known) override { inner_->hold(known); }
  bool reconnect() override { return inner_->reconnect(); }

 private:
  struct Timer {
    using Clock = std::chrono::steady_clock;
    explicit Timer(double& sum) : sum_(sum) {}
    ~Timer() { sum_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
    double& sum_;
    Clock::time_point start_ = Clock::now();
  };

  std::unique_ptr<Database> inner_;
  double& seconds_;
};

}  // namespace nasnet::scale
