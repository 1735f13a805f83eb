import { containerDefinition } from './container.ts';
import { dataActions } from './permissions.ts';

export const containerFormats = ['bicep', 'terraform'] as const;
export type ContainerFormat = (typeof containerFormats)[number];

export interface ContainerNames {
  readonly account: string;
  readonly database: string;
  readonly container: string;
}

/**
 * The account, database and container as a template: one region, Strong consistency, continuous backup (any moment of
 * the last 30 days), keys of the account switched off, a lock against deletion, and a role that may do what the store
 * does and nothing else. Cosmos DB encrypts all that it stores, always.
 *
 * @param format `bicep`, for a resource group, which no compiler of Bicep has seen yet; `terraform`: HCL for the
 * provider `hashicorp/azurerm`, 4, found valid by terraform itself.
 */
export function printContainer(format: ContainerFormat, names: ContainerNames): string {
  return format === 'terraform' ? terraform(names) : bicep(names);
}

function paths(): {
  readonly key: string;
  readonly included: readonly string[];
  readonly excluded: readonly string[];
} {
  const { partitionKey, indexingPolicy } = containerDefinition('');
  const pathsOf = (entries: readonly { readonly path?: string }[] = []) =>
    entries.map(({ path }) => path ?? '');
  const [key = ''] = typeof partitionKey === 'object' ? partitionKey.paths : [];
  return {
    key,
    included: pathsOf(indexingPolicy?.includedPaths),
    excluded: pathsOf(indexingPolicy?.excludedPaths),
  };
}

function bicep({ account, database, container }: ContainerNames): string {
  const { key, included, excluded } = paths();
  const list = (entries: readonly string[]) =>
    entries.map((path) => `          { path: ${single(path)} }`).join('\n');
  return `@description('The event log of one Twinlog cell.')
param location string = resourceGroup().location
param maxThroughput int = 1000

resource account 'Microsoft.DocumentDB/databaseAccounts@2024-05-15' = {
  name: ${single(account)}
  location: location
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    locations: [
      { locationName: location, failoverPriority: 0 }
    ]
    consistencyPolicy: { defaultConsistencyLevel: 'Strong' }
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: { tier: 'Continuous30Days' }
    }
    disableLocalAuth: true
    minimalTlsVersion: 'Tls12'
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2024-05-15' = {
  parent: account
  name: ${single(database)}
  properties: {
    resource: { id: ${single(database)} }
  }
}

resource container 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2024-05-15' = {
  parent: database
  name: ${single(container)}
  properties: {
    resource: {
      id: ${single(container)}
      partitionKey: { paths: [ ${single(key)} ], kind: 'Hash', version: 2 }
      indexingPolicy: {
        indexingMode: 'consistent'
        automatic: true
        includedPaths: [
${list(included)}
        ]
        excludedPaths: [
${list(excluded)}
        ]
      }
    }
    options: { autoscaleSettings: { maxThroughput: maxThroughput } }
  }
}

resource cellRole 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2024-05-15' = {
  parent: account
  name: guid(account.id, 'twinlog-cell')
  properties: {
    roleName: 'Twinlog cell'
    type: 'CustomRole'
    assignableScopes: [ account.id ]
    permissions: [
      {
        dataActions: [
${dataActions()
  .map((action) => `          ${single(action)}`)
  .join('\n')}
        ]
      }
    ]
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  scope: account
  name: 'keep'
  properties: {
    level: 'CanNotDelete'
    notes: 'The event log. Remove this lock before deleting it.'
  }
}

output endpoint string = account.properties.documentEndpoint
output cellRoleId string = cellRole.id
`;
}

function terraform({ account, database, container }: ContainerNames): string {
  const { key, included, excluded } = paths();
  const path = (kind: string) => (entry: string) =>
    `
    ${kind} {
      path = ${double(entry)}
    }
`;
  return `variable "resource_group_name" {
  type = string
}

variable "location" {
  type = string
}

variable "max_throughput" {
  type    = number
  default = 1000
}

resource "azurerm_cosmosdb_account" "cell" {
  name                          = ${double(account)}
  resource_group_name           = var.resource_group_name
  location                      = var.location
  offer_type                    = "Standard"
  kind                          = "GlobalDocumentDB"
  local_authentication_disabled = true
  minimal_tls_version           = "Tls12"

  consistency_policy {
    consistency_level = "Strong"
  }

  geo_location {
    location          = var.location
    failover_priority = 0
  }

  backup {
    type = "Continuous"
    tier = "Continuous30Days"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_cosmosdb_sql_database" "cell" {
  name                = ${double(database)}
  resource_group_name = var.resource_group_name
  account_name        = azurerm_cosmosdb_account.cell.name
}

resource "azurerm_cosmosdb_sql_container" "events" {
  name                  = ${double(container)}
  resource_group_name   = var.resource_group_name
  account_name          = azurerm_cosmosdb_account.cell.name
  database_name         = azurerm_cosmosdb_sql_database.cell.name
  partition_key_paths   = [${double(key)}]
  partition_key_kind    = "Hash"
  partition_key_version = 2

  autoscale_settings {
    max_throughput = var.max_throughput
  }

  indexing_policy {
    indexing_mode = "consistent"
${[...included.map(path('included_path')), ...excluded.map(path('excluded_path'))].join('')}  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_cosmosdb_sql_role_definition" "cell" {
  name                = "Twinlog cell"
  resource_group_name = var.resource_group_name
  account_name        = azurerm_cosmosdb_account.cell.name
  type                = "CustomRole"
  assignable_scopes   = [azurerm_cosmosdb_account.cell.id]

  permissions {
    data_actions = [
${dataActions()
  .map((action) => `      ${double(action)},`)
  .join('\n')}
    ]
  }
}

resource "azurerm_management_lock" "keep" {
  name       = "keep"
  scope      = azurerm_cosmosdb_account.cell.id
  lock_level = "CanNotDelete"
  notes      = "The event log. Remove this lock before deleting it."
}
`;
}

/** Text of Bicep, in which `${` begins an expression. */
function single(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('${', '\\${')}'`;
}

/** Text of HCL, in which `${` and `%{` begin a template. */
function double(text: string): string {
  return JSON.stringify(text).replace(/[$%]\{/g, (start) => start.charAt(0) + start);
}
