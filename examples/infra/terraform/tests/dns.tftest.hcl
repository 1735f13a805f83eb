# Two zones, one below the other, and the global name in the upper one.

mock_provider "aws" {
  source = "./tests/mocks/aws"
}
mock_provider "azurerm" {}

run "route53_is_primary" {
  module {
    source = "./modules/dns/aws"
  }

  variables {
    zone              = "pay.example.com"
    delegations       = { "azure.pay.example.com" = ["ns1.example.net.", "ns2.example.net."] }
    global            = { name = "api.pay.example.com", target = "twinlog-abc123.trafficmanager.net", ttl = 10 }
    gateway_ownership = { name = "apimuid.api.pay.example.com", value = "proof" }
    certificate_validations = {
      "api.pay.example.com" = { name = "_a.api.pay.example.com.", type = "CNAME", record = "_a.acm-validations.aws." }
    }
  }

  assert {
    condition     = aws_route53_record.global[0].type == "CNAME" && aws_route53_record.global[0].records == toset(["twinlog-abc123.trafficmanager.net"])
    error_message = "the global name is a CNAME to Traffic Manager"
  }
  assert {
    condition     = aws_route53_record.global[0].ttl == 10
    error_message = "the global name is cached no longer than an answer of Traffic Manager"
  }
  assert {
    condition     = aws_route53_record.delegation["azure.pay.example.com"].type == "NS" && length(aws_route53_record.delegation["azure.pay.example.com"].records) == 2
    error_message = "Route 53 delegates to Azure DNS"
  }
  assert {
    condition     = aws_route53_record.certificate["api.pay.example.com"].name == "_a.api.pay.example.com."
    error_message = "certificates are proved in the zone"
  }
  assert {
    condition     = aws_route53_record.gateway_ownership[0].type == "TXT" && aws_route53_record.gateway_ownership[0].name == "apimuid.api.pay.example.com"
    error_message = "API Management is shown that the name is ours"
  }
}

run "azure_is_primary" {
  module {
    source = "./modules/dns/azure"
  }

  variables {
    prefix            = "twinlog"
    location          = "eastus"
    zone              = "pay.example.com"
    delegations       = { "aws.pay.example.com" = ["ns1.example.net."] }
    global            = { name = "api.pay.example.com", target = "twinlog-abc123.trafficmanager.net", ttl = 10 }
    gateway_ownership = { name = "apimuid.api.pay.example.com", value = "proof" }
    cells             = { azure-eastus = { name = "azure-eastus.azure.pay.example.com", target = "twinlog.azure-api.net" } }
    certificate_validations = {
      "api.pay.example.com" = { name = "_a.api.pay.example.com.", type = "CNAME", record = "_a.acm-validations.aws." }
    }
  }

  assert {
    condition     = azurerm_dns_cname_record.global[0].name == "api" && azurerm_dns_cname_record.global[0].record == "twinlog-abc123.trafficmanager.net"
    error_message = "the global name is a CNAME to Traffic Manager, in Azure DNS too"
  }
  assert {
    condition     = azurerm_dns_ns_record.delegation["aws.pay.example.com"].name == "aws"
    error_message = "Azure DNS delegates to Route 53"
  }
  assert {
    condition     = azurerm_dns_cname_record.certificate["api.pay.example.com"].name == "_a.api"
    error_message = "certificates are proved in Azure DNS too, by a name without the zone"
  }
  assert {
    condition     = azurerm_dns_txt_record.gateway_ownership[0].name == "apimuid.api"
    error_message = "API Management is shown that the name is ours, in Azure DNS too"
  }
  assert {
    condition     = azurerm_dns_cname_record.cell["azure-eastus"].name == "azure-eastus.azure"
    error_message = "each Azure cell has its own name"
  }
}

run "certificate" {
  module {
    source = "./modules/dns/certificate"
  }

  variables {
    names = { global = "api.pay.example.com", cloud = "api.aws.pay.example.com", cell = "aws-us-east-1.aws.pay.example.com" }
  }

  assert {
    condition     = aws_acm_certificate.cell.domain_name == "api.pay.example.com"
    error_message = "the certificate of a region is for the global name"
  }
  assert {
    condition     = aws_acm_certificate.cell.subject_alternative_names == toset(["api.aws.pay.example.com", "aws-us-east-1.aws.pay.example.com"])
    error_message = "the certificate is for the cloud's and the cell's names too"
  }
  assert {
    condition     = aws_acm_certificate.cell.validation_method == "DNS"
    error_message = "the certificate renews itself by DNS"
  }
  assert {
    condition     = output.validations["api.pay.example.com"].record == "_a.acm-validations.aws."
    error_message = "each name has the record that proves it"
  }
}
