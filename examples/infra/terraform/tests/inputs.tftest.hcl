# What must be refused before anything is made. The module is the configuration's own variables, by themselves: a run
# costs nothing then.

variables {
  azure_subscription_id    = "00000000-0000-0000-0000-000000000001"
  zone                     = "pay.example.com"
  global_name              = "api.pay.example.com"
  publisher                = { name = "Payments", email = "payments@example.com" }
  alert_email              = "on-call@example.com"
  callers                  = { issuer = "https://login.example.com/", audience = "https://api.pay.example.com", keys_url = "https://login.example.com/keys" }
  aws_token_issuer         = "https://00000000-0000-0000-0000-000000000002.tokens.sts.global.api.aws"
  github                   = { repository = "example/payments" }
  state_container_id       = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/state/providers/Microsoft.Storage/storageAccounts/state/blobServices/default/containers/state"
  administrator_object_ids = []
  functions_dir            = "tests/fixture"

  cells = [
    { name = "aws-us-east-1", cloud = "aws", region = "us-east-1" },
    { name = "azure-eastus", cloud = "azure", region = "eastus" },
  ]
}

run "what_the_others_change_is_accepted" {
  command = plan

  module {
    source = "./tests/inputs"
  }
}

run "a_cell_list_of_one" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    cells = [{ name = "aws-us-east-1", cloud = "aws", region = "us-east-1" }]
  }

  expect_failures = [var.cells]
}

run "duplicate_cell_names" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    cells = [{ name = "aws-us-east-1", cloud = "aws", region = "us-east-1" }, { name = "aws-us-east-1", cloud = "azure", region = "eastus" }]
  }

  expect_failures = [var.cells]
}

run "a_cell_name_in_capitals" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    cells = [{ name = "aws-us-east-1", cloud = "aws", region = "us-east-1" }, { name = "Azure-EastUS", cloud = "azure", region = "eastus" }]
  }

  expect_failures = [var.cells]
}

run "a_third_cloud" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    cells = [{ name = "aws-us-east-1", cloud = "aws", region = "us-east-1" }, { name = "azure-eastus", cloud = "azure", region = "eastus" }, { name = "gcp", cloud = "gcp", region = "europe-west1" }]
  }

  expect_failures = [var.cells]
}

run "all_cells_in_one_cloud" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    cells = [{ name = "aws-us-east-1", cloud = "aws", region = "us-east-1" }, { name = "aws-eu-west-1", cloud = "aws", region = "eu-west-1" }]
  }

  expect_failures = [var.cells]
}

run "two_cells_in_one_region" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    cells = [{ name = "aws-us-east-1", cloud = "aws", region = "us-east-1" }, { name = "aws-b", cloud = "aws", region = "us-east-1" }, { name = "azure-eastus", cloud = "azure", region = "eastus" }]
  }

  expect_failures = [var.cells]
}

run "an_unknown_aws_region" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    cells = [{ name = "aws-mars", cloud = "aws", region = "mars-1" }, { name = "azure-eastus", cloud = "azure", region = "eastus" }]
  }

  expect_failures = [var.cells]
}

run "an_unknown_azure_region" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    cells = [{ name = "aws-us-east-1", cloud = "aws", region = "us-east-1" }, { name = "azure-mars", cloud = "azure", region = "mars" }]
  }

  expect_failures = [var.cells]
}

run "half_an_incarnation" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    cells = [{ name = "aws-us-east-1", cloud = "aws", region = "us-east-1" }, { name = "azure-eastus", cloud = "azure", region = "eastus", incarnation = 1.5 }]
  }

  expect_failures = [var.cells]
}

run "an_interval_of_20" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    failover = { interval = 20 }
  }

  expect_failures = [var.failover]
}

run "an_interval_of_10_with_a_timeout_of_10" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    failover = { interval = 10, timeout = 10 }
  }

  expect_failures = [var.failover]
}

run "a_ttl_of_600" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    failover = { ttl = 600 }
  }

  expect_failures = [var.failover]
}

run "forgiving_ten_probes" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    failover = { tolerated = 10 }
  }

  expect_failures = [var.failover]
}

run "the_zone_itself_as_the_global_name" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    global_name = "pay.example.com"
  }

  expect_failures = [var.global_name]
}

run "a_global_name_of_one_cloud" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    global_name = "api.aws.pay.example.com"
  }

  expect_failures = [var.global_name]
}

run "a_zone_with_a_dot_at_its_end" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    zone = "pay.example.com."
  }

  expect_failures = [var.zone]
}

run "another_dns_provider" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    primary_dns = "bind"
  }

  expect_failures = [var.primary_dns]
}

run "another_policy" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    policy = "coin"
  }

  expect_failures = [var.policy]
}

run "serving_without_proof_of_ownership" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    azure_domain_phase = "serve"
  }

  expect_failures = [var.azure_domain_ownership_id]
}

run "a_third_domain_phase" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    azure_domain_phase = "done"
  }

  expect_failures = [var.azure_domain_phase]
}

run "no_topic" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    topics_per_cell = 0
  }

  expect_failures = [var.topics_per_cell]
}

run "eleven_lambdas_a_shard" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    relay_parallelization = 11
  }

  expect_failures = [var.relay_parallelization]
}

run "another_capacity" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    cosmos = { capacity = "infinite" }
  }

  expect_failures = [var.cosmos]
}

run "a_gateway_without_units" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    gateway_sku = "Standard"
  }

  expect_failures = [var.gateway_sku]
}

run "a_prefix_with_a_hyphen" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    prefix = "twin-log"
  }

  expect_failures = [var.prefix]
}

run "a_subscription_by_name" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    azure_subscription_id = "Pay-As-You-Go"
  }

  expect_failures = [var.azure_subscription_id]
}

run "a_repository_without_its_owner" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    github = { repository = "payments" }
  }

  expect_failures = [var.github]
}

run "nobody_to_alert" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    alert_email = "nobody"
  }

  expect_failures = [var.alert_email]
}

run "tokens_over_plain_http" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    callers = { issuer = "http://login.example.com/", audience = "api", keys_url = "http://login.example.com/keys" }
  }

  expect_failures = [var.callers]
}

run "a_drained_cell_that_is_none" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    drained_cells = ["aws-us-west-2"]
  }

  expect_failures = [var.drained_cells]
}

run "every_cell_drained" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    drained_cells = ["aws-us-east-1", "azure-eastus"]
  }

  expect_failures = [var.drained_cells]
}

run "a_cell_name_of_25_characters" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    cells = [{ name = "aws-us-east-1-of-the-payments", cloud = "aws", region = "us-east-1" }, { name = "azure-eastus", cloud = "azure", region = "eastus" }]
  }

  expect_failures = [var.cells]
}

run "an_issuer_of_certificates_with_a_space" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    certificate_issuer = "Digi Cert"
  }

  expect_failures = [var.certificate_issuer]
}

run "a_publisher_without_an_address" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    publisher = { name = "Payments", email = "payments" }
  }

  expect_failures = [var.publisher]
}

run "a_token_issuer_with_a_path" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    aws_token_issuer = "https://tokens.example.com/"
  }

  expect_failures = [var.aws_token_issuer]
}

run "no_environment_to_apply_in" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    github = { repository = "example/payments", environment = "" }
  }

  expect_failures = [var.github]
}

run "the_whole_account_as_the_state" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    state_container_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/state/providers/Microsoft.Storage/storageAccounts/state"
  }

  expect_failures = [var.state_container_id]
}

run "an_administrator_by_name" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    administrator_object_ids = ["jane@example.com"]
  }

  expect_failures = [var.administrator_object_ids]
}

run "half_a_probe" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    failover = { tolerated = 0.5 }
  }

  expect_failures = [var.failover]
}

run "half_a_lambda" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    relay_parallelization = 1.5
  }

  expect_failures = [var.relay_parallelization]
}

run "a_throughput_between_steps" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    cosmos = { capacity = "autoscale", max_throughput = 1500 }
  }

  expect_failures = [var.cosmos]
}

run "another_backup" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    cosmos = { backup_tier = "Continuous90Days" }
  }

  expect_failures = [var.cosmos]
}

run "functions_that_were_not_built" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    functions_dir = "tests/mocks"
  }

  expect_failures = [var.functions_dir]
}

run "a_name_that_only_ends_like_a_clouds_is_accepted" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    global_name = "laws.pay.example.com"
  }
}

run "an_operator_by_mail_address" {
  command = plan

  module {
    source = "./tests/inputs"
  }

  variables {
    operator_object_ids = ["on-call@example.com"]
  }

  expect_failures = [var.operator_object_ids]
}
