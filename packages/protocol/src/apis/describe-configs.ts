import { array, bool, errorCode, int8, int32, nullableArray, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Describes the configuration of topics and brokers: values, where they come from, and what they override.
 *
 * @see KIP-133; KIP-226 for synonyms; KIP-569 for types and documentation
 */
export const describeConfigs = defineApi({
  key: 32,
  name: "DescribeConfigs",
  validVersions: "0-4",
  flexibleVersions: "4+",
  request: {
    resources: array("0+", {
      /** 2 topic, 4 broker, 8 broker logger, 16 client metrics. */
      resourceType: int8("0+"),
      resourceName: string("0+"),
      /** Null asks for every key. */
      configurationKeys: nullableArray("0+", "string"),
    }),
    includeSynonyms: bool("1+", { default: false }),
    includeDocumentation: bool("3+", { default: false }),
  },
  response: {
    throttleTimeMs: int32("0+"),
    results: array("0+", {
      errorCode: errorCode("0+"),
      errorMessage: nullableString("0+"),
      resourceType: int8("0+"),
      resourceName: string("0+"),
      configs: array("0+", {
        name: string("0+"),
        /** Null where the value is sensitive. */
        value: nullableString("0+"),
        readOnly: bool("0+"),
        /** Version 0's forerunner of `configSource`; true cannot be sent from version 1 on. */
        isDefault: bool("0"),
        /** 1 topic, 2 this broker, 3 all brokers, 4 the file, 5 the default, 6 this broker's loggers. */
        configSource: int8("1+", { default: -1, ignorable: true }),
        isSensitive: bool("0+"),
        /** What the value overrides, itself first. */
        synonyms: array(
          "1+",
          {
            name: string("1+"),
            value: nullableString("1+", { nullableVersions: "0+" }),
            source: int8("1+"),
          },
          { ignorable: true },
        ),
        /** 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password. */
        configType: int8("3+", { default: 0, ignorable: true }),
        documentation: nullableString("3+", { nullableVersions: "0+", ignorable: true }),
      }),
    }),
  },
});

export type DescribeConfigsRequest = RequestOf<typeof describeConfigs>;
export type DescribeConfigsResponse = ResponseOf<typeof describeConfigs>;
export type DescribeConfigsRequestInput = RequestInput<typeof describeConfigs>;
export type DescribeConfigsResponseInput = ResponseInput<typeof describeConfigs>;
