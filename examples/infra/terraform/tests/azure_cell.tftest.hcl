# A cell on Azure.

mock_provider "azurerm" {
  source = "./tests/mocks/azurerm"
}

# Sending the package takes Azure's command line: package.spec.ts runs its script.
override_module {
  target  = module.package
  outputs = { function_app_id = "/deployed/app" }
}

variables {
  prefix                   = "twinlog"
  cell                     = "azure-eastus"
  location                 = "eastus"
  tenant_id                = "00000000-0000-0000-0000-000000000009"
  administrator_object_ids = ["person"]
  unique                   = "abc123"
  identity                 = { id = "identity", client_id = "client", principal_id = "principal" }
  topic_endpoints          = ["https://topic-0.example.net/api/events"]
  package                  = "tests/fixture/azure-0000000000000000.zip"
  global_name              = "api.pay.example.com"
  publisher                = { name = "Payments", email = "payments@example.com" }
}

run "prepare" {
  module {
    source = "./modules/azure-cell"
  }

  # --- the log

  assert {
    condition     = azurerm_cosmosdb_account.log.consistency_policy[0].consistency_level == "Strong"
    error_message = "the account is strongly consistent"
  }
  assert {
    condition     = length(azurerm_cosmosdb_account.log.geo_location) == 1
    error_message = "the account is in one region"
  }
  assert {
    condition     = azurerm_cosmosdb_account.log.local_authentication_disabled
    error_message = "the account takes no key"
  }
  assert {
    condition     = azurerm_cosmosdb_account.log.minimal_tls_version == "Tls12"
    error_message = "the account wants TLS 1.2"
  }
  assert {
    condition     = contains(azurerm_cosmosdb_account.log.capabilities[*].name, "EnableServerless")
    error_message = "the account is serverless unless told otherwise"
  }
  assert {
    condition     = azurerm_cosmosdb_account.log.backup[0].type == "Continuous"
    error_message = "the account can be restored to any moment"
  }
  assert {
    condition     = azurerm_management_lock.log[0].lock_level == "CanNotDelete" && azurerm_management_lock.log[0].scope == azurerm_cosmosdb_account.log.id
    error_message = "the account refuses to be deleted"
  }
  assert {
    condition     = azurerm_cosmosdb_sql_container.events.partition_key_paths == tolist(["/stream"]) && azurerm_cosmosdb_sql_container.events.partition_key_version == 2
    error_message = "events are partitioned by their whole stream"
  }
  assert {
    condition     = azurerm_cosmosdb_sql_container.events.default_ttl == null
    error_message = "nothing expires in the container"
  }
  assert {
    condition     = azurerm_cosmosdb_sql_container.events.indexing_policy[0].excluded_path[0].path == "/*"
    error_message = "only what is queried is indexed"
  }
  assert {
    condition     = toset(keys(azurerm_cosmosdb_sql_container.beside)) == toset(["leases", "twinlog-dead-letters"])
    error_message = "there are containers for leases and for dead letters"
  }

  # --- least privilege

  assert {
    condition = alltrue(flatten([
      for role in values(azurerm_cosmosdb_sql_role_definition.cell) : [for permission in role.permissions : [for action in permission.data_actions : !strcontains(action, "*")]]
    ]))
    error_message = "no data action has a * in it"
  }
  assert {
    condition     = length([for action in one(azurerm_cosmosdb_sql_role_definition.cell["log"].permissions).data_actions : action if can(regex("(replace|delete)$", action))]) == 0
    error_message = "nobody replaces or deletes an event"
  }
  assert {
    condition     = toset([for action in one(azurerm_cosmosdb_sql_role_definition.cell["dead-letters"].permissions).data_actions : regex("[^/]+$", action)]) == toset(["readMetadata", "create", "read", "upsert", "delete", "executeQuery", "readChangeFeed"])
    error_message = "dead letters can be kept, looked at and taken away"
  }
  assert {
    condition     = contains(one(azurerm_cosmosdb_sql_role_definition.cell["log"].permissions).data_actions, "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/readChangeFeed")
    error_message = "the relay may read the change feed"
  }
  assert {
    condition     = alltrue([for name, assignment in azurerm_cosmosdb_sql_role_assignment.cell : strcontains(assignment.scope, "/colls/")])
    error_message = "every data role is for one container"
  }
  assert {
    condition     = azurerm_role_assignment.host_storage.role_definition_name == "Storage Blob Data Owner" && azurerm_role_assignment.host_storage.scope == azurerm_storage_account.host.id
    error_message = "the cell owns blobs of its host's storage, and of nothing else"
  }
  assert {
    condition     = azurerm_role_assignment.gateway_certificate.role_definition_name == "Key Vault Secrets User" && azurerm_role_assignment.gateway_certificate.scope == azurerm_key_vault.gateway.id
    error_message = "the gateway may read the certificate, and no more"
  }
  assert {
    condition     = azurerm_role_assignment.administrator_certificate["person"].role_definition_name == "Key Vault Certificates Officer" && azurerm_role_assignment.administrator_certificate["person"].scope == azurerm_key_vault.gateway.id
    error_message = "who applies by hand makes the certificate"
  }

  # --- the functions

  assert {
    condition     = azurerm_service_plan.functions.sku_name == "FC1"
    error_message = "functions run on Flex Consumption"
  }
  assert {
    condition     = azurerm_function_app_flex_consumption.cell.runtime_name == "node" && tonumber(azurerm_function_app_flex_consumption.cell.runtime_version) >= 22
    error_message = "functions run on Node 22 or later"
  }
  assert {
    condition     = output.receive_function_id == "/deployed/app/functions/receive"
    error_message = "who subscribes with a function waits until the package is deployed"
  }
  assert {
    condition     = azurerm_function_app_flex_consumption.cell.storage_authentication_type == "UserAssignedIdentity" && azurerm_function_app_flex_consumption.cell.app_settings["AzureWebJobsStorage__credential"] == "managedidentity"
    error_message = "the host reaches its storage as the cell's identity"
  }
  assert {
    condition     = azurerm_function_app_flex_consumption.cell.app_settings["COSMOS__credential"] == "managedidentity" && azurerm_function_app_flex_consumption.cell.app_settings["COSMOS__clientId"] == "client" && azurerm_function_app_flex_consumption.cell.app_settings["COSMOS__accountEndpoint"] == azurerm_cosmosdb_account.log.endpoint
    error_message = "the trigger reaches Cosmos DB as the cell's identity"
  }
  assert {
    condition     = alltrue([for setting in keys(azurerm_function_app_flex_consumption.cell.app_settings) : !can(regex("(?i)(_key$|_keys$|accountkey|secret|password|connection_?string|^AzureWebJobsStorage$)", setting))])
    error_message = "no setting of the app is a key or a connection string"
  }
  assert {
    condition     = azurerm_function_app_flex_consumption.cell.https_only && !azurerm_function_app_flex_consumption.cell.webdeploy_publish_basic_authentication_enabled && azurerm_function_app_flex_consumption.cell.site_config[0].minimum_tls_version == "1.2"
    error_message = "the app is https alone and takes no publishing password"
  }
  assert {
    condition     = !azurerm_storage_account.host.shared_access_key_enabled
    error_message = "the host's storage takes no key"
  }
  assert {
    condition     = azurerm_storage_account.host.min_tls_version == "TLS1_2" && !azurerm_storage_account.host.allow_nested_items_to_be_public
    error_message = "the host's storage is private"
  }
  assert {
    condition     = !azurerm_log_analytics_workspace.cell.local_authentication_enabled
    error_message = "logs are written without a key"
  }

  # --- ingress

  assert {
    condition     = azurerm_api_management.gateway.sku_name == "Consumption_0"
    error_message = "API Management is of the Consumption tier unless told otherwise"
  }
  assert {
    condition     = azurerm_api_management_api.api.path == "" && alltrue([for operation in values(azurerm_api_management_api_operation.any_path) : operation.url_template == "/*"])
    error_message = "every path reaches the function as it is"
  }
  assert {
    condition     = contains(keys(azurerm_api_management_api_operation.any_path), "OPTIONS") && contains(keys(azurerm_api_management_api_operation.any_path), "POST")
    error_message = "the gateway passes OPTIONS and POST on"
  }
  assert {
    condition     = azurerm_api_management_api.api.protocols == toset(["https"]) && !azurerm_api_management_api.api.subscription_required
    error_message = "the gateway takes https, and no key of its own"
  }
  assert {
    condition     = one(azurerm_key_vault_certificate.global.certificate_policy[0].x509_certificate_properties[0].subject_alternative_names).dns_names == toset(["api.pay.example.com"])
    error_message = "the certificate is for the global name"
  }
  assert {
    condition     = azurerm_key_vault.gateway.rbac_authorization_enabled && azurerm_key_vault.gateway.purge_protection_enabled
    error_message = "the vault is guarded by roles, and against purging"
  }
  assert {
    condition     = length(azurerm_api_management_custom_domain.global) == 0
    error_message = "the first phase binds no name that has no certificate yet"
  }
}

run "serve" {
  module {
    source = "./modules/azure-cell"
  }

  variables {
    domain_phase = "serve"
  }

  assert {
    condition     = azurerm_api_management_custom_domain.global[0].gateway[0].host_name == "api.pay.example.com"
    error_message = "the second phase binds the global name"
  }
  assert {
    condition     = azurerm_api_management_custom_domain.global[0].gateway[0].key_vault_certificate_id == azurerm_key_vault_certificate.global.versionless_secret_id
    error_message = "the gateway takes whichever version of the certificate is current"
  }
}

run "a_third_phase_is_refused" {
  command = plan

  module {
    source = "./modules/azure-cell"
  }

  variables {
    domain_phase = "done"
  }

  expect_failures = [var.domain_phase]
}

run "another_capacity_later" {
  module {
    source = "./modules/azure-cell"
  }

  variables {
    cosmos = { capacity = "autoscale" }
  }

  assert {
    condition     = contains(azurerm_cosmosdb_account.log.capabilities[*].name, "EnableServerless")
    error_message = "another capacity is no reason for another account"
  }
  assert {
    condition     = azurerm_cosmosdb_sql_container.events.autoscale_settings[*].max_throughput == tolist([4000]) && azurerm_cosmosdb_sql_container.beside["leases"].autoscale_settings[*].max_throughput == tolist([1000])
    error_message = "under autoscale every container has its most"
  }
}
